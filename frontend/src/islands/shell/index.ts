/** What every page has: the stylesheet, htmx, the theme, menus, dialogs. A page works without it, less comfortably. */
import "../../styles/main.css";
import { startControls } from "./controls";
import { startDrafting } from "./drafting";
import { startHtmx } from "./htmx";
import { startMandate } from "./mandate";
import { startTheme } from "./theme";
import { startWorker } from "./worker";

startHtmx(document);
startTheme(document);
startControls(document);
startMandate(document);
startWorker(document);
startDrafting(document);
