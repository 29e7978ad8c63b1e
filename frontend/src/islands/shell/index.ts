import "../../styles/main.css";
import htmx from "htmx.org";

// The content security policy forbids inline styles and evaluated strings; pages that name people are not kept in the browser's storage.
htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
htmx.config.historyCacheSize = 0;
