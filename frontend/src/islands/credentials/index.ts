import { startPasskeys } from "./passkeys";

startPasskeys(document);
