/** What every page has: the stylesheet, htmx, the theme, menus, dialogs. A page works without it, less comfortably. */
import "../../styles/main.css";
import { startControls } from "./controls";
import { startHtmx } from "./htmx";
import { startTheme } from "./theme";

startHtmx(document);
startTheme(document);
startControls(document);
