"""The pages that can be typed, typed: every command, and every line that they say is printed."""

from pathlib import Path

from console_page import is_printed, read_page
from lake import binary
from servers import CREDENTIALS, StandIns

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_about_routing(tmp_path):
    page = read_page(DOCS / "routing.md")
    assert len(page.commands) > 30, "the page has lost its commands, or they are not found"
    page.run(binary(), tmp_path, "/tmp/shop")
    for command in page.commands:
        assert is_printed(command), f"$ {command.text}\n" + "\n".join(command.printed)


def test_the_page_about_tables(tmp_path):
    page = read_page(DOCS / "tables.md")
    assert len(page.commands) >= 14, "the page has lost its commands, or they are not found"
    page.run(binary(), tmp_path, "/tmp/shop")
    for command in page.commands:
        assert is_printed(command), f"$ {command.text}\n" + "\n".join(command.printed)


def test_the_page_about_catalogs(tmp_path, stand_ins):
    page = read_page(DOCS / "catalogs.md")
    assert len(page.commands) >= 15, "the page has lost its commands, or they are not found"
    with StandIns(["postgres"]) as more:
        page.run(binary(), tmp_path, "/tmp/shop", REST_URI=stand_ins.endpoint("rest"),
                 POSTGRES_URI=more.endpoint("postgres"), **CREDENTIALS,
                 AWS_ENDPOINT_URL_GLUE=stand_ins.endpoint("glue"))  # fmt: skip
    for command in page.commands:
        assert is_printed(command), f"$ {command.text}\n" + "\n".join(command.printed)


def test_the_page_about_plugins(tmp_path):
    page = read_page(DOCS / "plugins.md")
    assert len(page.commands) >= 12, "the page has lost its commands, or they are not found"
    page.run(binary(), tmp_path, "/tmp/shop", EIDER=str(DOCS.parent))
    for command in page.commands:
        assert is_printed(command), f"$ {command.text}\n" + "\n".join(command.printed)
