"""A phone is enrolled: the key is made in it, the server learns the public half, the store keeps it."""

from playwright.sync_api import BrowserContext, Page, expect

from tests.islands.street import CODE, Street, stranger
from tests.protocol.protocol_world import World


def enrol(page: Page, code: str = CODE) -> None:
    page.get_by_label("Code from your firm").fill(code)
    page.get_by_role("button", name="Make this phone mine").click()


def test_a_code_from_the_firm_makes_the_phone_its_owners(phone: BrowserContext, world: World) -> None:
    street = Street(world, "phonekey")
    page = street.open_in(phone)
    enrol(page, " k7m2p 9qtxa ")
    expect(page.get_by_text("This phone is yours")).to_be_visible()
    assert street.enrolled is not None
    expect(page.locator("[data-slot=label]")).to_have_text(street.enrolled.thumbprint[:8])
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/home")


def test_the_key_survives_the_page_and_cannot_be_read_out(phone: BrowserContext, world: World) -> None:
    street = Street(world, "phonekey")
    page = street.open_in(phone)
    enrol(page)
    expect(page.get_by_text("This phone is yours")).to_be_visible()
    assert street.enrolled is not None
    live = street.enrolled.thumbprint
    street.html = lambda text: text.replace('data-live=""', f'data-live="{live}"')
    again = street.open_in(phone)
    expect(again.get_by_text("already yours")).to_be_visible()
    read = again.evaluate(
        """async () => {
          const opening = indexedDB.open("beffroi");
          const database = await new Promise((done) => { opening.onsuccess = () => done(opening.result) });
          const asked = database.transaction("keys").objectStore("keys").getAll();
          const [record] = await new Promise((done) => { asked.onsuccess = () => done(asked.result) });
          const { privateKey } = record.pair;
          const out = await crypto.subtle.exportKey("jwk", privateKey).catch((error) => error.name);
          return [privateKey.extractable, out];
        }"""
    )
    assert read == [False, "InvalidAccessError"]


def test_a_wrong_code_is_told_and_can_be_corrected_without_reloading(phone: BrowserContext, world: World) -> None:
    street = Street(world, "phonekey")
    page = street.open_in(phone)
    enrol(page, "AAAAA-AAAAA")
    expect(page.get_by_text("This is not the code.")).to_be_visible()
    assert street.enrolled is None
    enrol(page)
    expect(page.get_by_text("This phone is yours")).to_be_visible()


def test_a_code_that_nobody_foresaw_has_words_too(phone: BrowserContext, world: World) -> None:
    street = Street(world, "phonekey")
    street.instead["keys"] = (409, {"code": "something-new", "title": "Something new.", "status": 409})
    page = street.open_in(phone)
    enrol(page)
    expect(page.get_by_text("something-new")).to_be_visible()


def test_an_enrolment_whose_answer_was_lost_is_completed_at_the_next_visit(phone: BrowserContext, world: World) -> None:
    street = Street(world, "phonekey")
    page = street.open_in(phone)
    page.evaluate(
        """() => {
          const send = window.fetch;
          window.fetch = async (path, options) => {
            const answer = await send(path, options);
            if (String(path).endsWith("/keys")) throw new TypeError("connection lost");
            return answer;
          };
        }"""
    )
    enrol(page)
    expect(page.get_by_text("network")).to_be_visible()
    assert street.enrolled is not None
    live = street.enrolled.thumbprint
    street.html = lambda text: text.replace('data-live=""', f'data-live="{live}"')
    expect(street.open_in(phone).get_by_text("already yours")).to_be_visible()


def test_another_live_phone_does_not_make_this_one_enrolled(phone: BrowserContext, world: World) -> None:
    street = Street(world, "phonekey")
    street.html = lambda text: text.replace('data-live=""', f'data-live="{stranger().thumbprint}"')
    page = street.open_in(phone)
    expect(page.get_by_text("never leaves it")).to_be_visible()
