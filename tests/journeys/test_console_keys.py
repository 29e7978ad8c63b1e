"""The keyboard of the console, as on a French keyboard: one table, which the help shows and the script obeys; a browser keeps its own."""

from playwright.sync_api import CDPSession, Page, expect

from beffroi.systems.cabinets.models import Cabinet
from beffroi.web.console.keys import KEYS
from tests.journeys.browser import Chromium, Town, faults
from tests.journeys.station import FORCED, OPEN, alarm, at_the_console, operator, sit_down

ALT, CTRL, SHIFT = 1, 2, 8


def press(keyboard: CDPSession, key: str, code: str, *, text: str = "", with_: int = 0, pad: bool = False) -> None:
    """A key as the browser gets it: what it writes, and where it is, which on AZERTY isn't the same."""
    said = {"key": key, "code": code, "modifiers": with_, "isKeypad": pad, "text": text, "unmodifiedText": text}
    keyboard.send("Input.dispatchKeyEvent", {"type": "keyDown", **said})
    keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", "key": key, "code": code, "modifiers": with_})


def chosen(page: Page) -> str:
    return page.locator("[data-face=alert] h2").inner_text()


def test_an_operator_works_by_keys_alone_on_azerty(town: Town, chromium: Chromium, cabinets: list[Cabinet]) -> None:
    alarm(town, cabinets[0], OPEN, minutes=31)
    alarm(town, cabinets[1], FORCED)
    page = at_the_console(chromium, operator(town, "Omar Diallo"))
    root, panel = page.locator("[data-island=console]"), page.get_by_role("region", name="Ce qui est choisi")
    expect(root).to_have_attribute("data-map", "drawn")
    keyboard = page.context.new_cdp_session(page)
    expect(page.get_by_role("option").filter(has_text="PM-77284")).to_have_count(2)

    press(keyboard, "2", "Numpad2", text="2", pad=True)
    expect(panel.get_by_role("heading", level=2)).to_contain_text("PM-77284-0002")
    press(keyboard, "ArrowDown", "Numpad2", pad=True)  # the same key with the pad's lock off
    expect(panel.get_by_role("heading", level=2)).to_contain_text("PM-77284-0001")
    press(keyboard, "8", "Numpad8", text="8", pad=True)
    expect(panel.get_by_role("heading", level=2)).to_contain_text("PM-77284-0002")
    press(keyboard, "Enter", "NumpadEnter", text="\r", pad=True)
    expect(panel).to_contain_text("Vous")
    press(keyboard, "0", "Numpad0", text="0", pad=True)
    expect(panel).to_contain_text("Personne encore")

    # On AZERTY the top row writes & é " ' and à, unshifted; "a" is where QWERTY has "q", and none of them is ours.
    for key, code in (("&", "Digit1"), ("é", "Digit2"), ("à", "Digit0"), ("_", "Digit8"), ("a", "KeyQ"), ("q", "KeyA")):
        press(keyboard, key, code, text=key)
    expect(panel).to_contain_text("Personne encore")
    assert "PM-77284-0002" in chosen(page)
    press(keyboard, "m", "Semicolon", text="m")  # AZERTY's "m"
    press(keyboard, "F4", "F4")
    expect(page.locator(".map canvas")).to_be_focused()
    press(keyboard, "F2", "F2")
    expect(page.get_by_role("listbox")).to_be_focused()
    press(keyboard, "F9", "F9")
    expect(page.locator("[data-part=watched-summary]")).to_be_focused()
    press(keyboard, "Escape", "Escape")
    expect(panel).to_contain_text("Choisissez une alerte")


def test_the_help_is_the_table_and_nothing_of_a_browser_s_is_taken(
    town: Town, chromium: Chromium, cabinets: list[Cabinet]
) -> None:
    alarm(town, cabinets[0], FORCED)
    page = at_the_console(chromium, operator(town, "Omar Diallo"))
    keyboard = page.context.new_cdp_session(page)
    expect(page.get_by_role("option").filter(has_text="PM-77284")).to_have_count(1)
    page.evaluate("""() => { window.taken = []; addEventListener("keydown", event => {
        if (event.defaultPrevented) window.taken.push((event.ctrlKey ? "ctrl " : "") + event.key) }) }""")
    for key in ("F3", "F5", "F6", "F7", "F10", "F11", "F12", "PageDown", "Home", "End", "Tab", " ", "q", "/", "'"):
        page.evaluate(
            "key => document.body.dispatchEvent(new KeyboardEvent('keydown', {key, code: key, bubbles: true, cancelable: true}))",
            key,
        )
    for key, code in (("+", "NumpadAdd"), ("-", "NumpadSubtract"), ("ArrowDown", "ArrowDown"), ("Enter", "Enter")):
        press(keyboard, key, code, with_=CTRL)
        press(keyboard, key, code, with_=ALT)
    assert page.evaluate("window.taken") == []
    # One character moves nothing once somebody has said so; arrows still do.
    press(keyboard, "F1", "F1")
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("[data-act]")).to_have_count(len(KEYS))
    for line in KEYS:
        for cap in line.keys:
            if cap.startswith("F"):
                expect(dialog.get_by_text(cap, exact=True)).to_be_visible()
    assert faults(page) == []
    dialog.get_by_label("Les touches d’un caractère").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.reload()
    expect(page.get_by_role("option").filter(has_text="PM-77284")).to_have_count(1)
    press(keyboard, "2", "Numpad2", text="2", pad=True)
    panel = page.get_by_role("region", name="Ce qui est choisi")
    expect(panel).to_contain_text("Choisissez une alerte")
    page.keyboard.press("ArrowDown")
    expect(panel.get_by_role("heading", level=2)).to_contain_text("PM-77284-0001")


def test_sound_is_off_until_asked_for_and_remembered(town: Town, chromium: Chromium, cabinets: list[Cabinet]) -> None:
    """The notes that the page asks the browser to play are counted where it asks."""
    page = chromium.visit()
    page.add_init_script("""window.notes = 0; const start = OscillatorNode.prototype.start;
        OscillatorNode.prototype.start = function (...at) { window.notes += 1; return start.apply(this, at) }""")
    sit_down(page, operator(town, "Omar Diallo"))
    sound = page.get_by_role("button", name="Son des alertes immédiates")
    first = alarm(town, cabinets[0], FORCED)
    expect(page.locator(f"#alert-{first}")).to_be_visible()
    assert page.evaluate("window.notes") == 0
    expect(sound).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("F8")
    expect(sound).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("window.notes === 2")
    alarm(town, cabinets[1], OPEN, minutes=31)
    second = alarm(town, cabinets[1], FORCED)
    expect(page.locator(f"#alert-{second}")).to_be_visible()
    page.wait_for_function("window.notes === 4")
    page.reload()
    expect(sound).to_have_attribute("aria-pressed", "true")
    sound.click()
    expect(sound).to_have_attribute("aria-pressed", "false")
    third = alarm(town, cabinets[0], FORCED)
    expect(page.locator(f"#alert-{third}")).to_be_visible()
    assert page.evaluate("window.notes") == 0
