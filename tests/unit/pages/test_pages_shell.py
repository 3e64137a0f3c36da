"""The shell and the tables: policy, structure, sort keys."""

import math
import re
from base64 import b64encode
from hashlib import sha256

import jinja2
import pytest
from markupsafe import Markup

from semascope.pages.chips import ICONS, chip, icon_sheet
from semascope.pages.shell import Section, asset, policy, render_page, stylesheet, templates
from semascope.pages.switcher import long_text, switcher
from semascope.pages.tables import Cell, Column, Row, data_table, definitions


@pytest.fixture
def page():
    section = Section(id="a", title="A <b>", nav="A", body=Markup("<p>body</p>"), lead="lead & more")
    return render_page(
        title="T </title>", kind="k", opening=Markup("<h1>x</h1>"), sections=[section], footer="<f>"
    )


def test_the_policy_allows_exactly_what_is_in_the_page(page):
    inline = re.findall(r"<script>(.*?)</script>", page, re.DOTALL) + re.findall(
        r"<style>(.*?)</style>", page, re.DOTALL
    )
    assert len(inline) == 3
    policy_text = re.search(r'Content-Security-Policy" content="([^"]+)"', page).group(1)
    assert policy_text.startswith("default-src &#39;none&#39;")
    for each in inline:
        assert b64encode(sha256(each.encode()).digest()).decode() in policy_text
    assert "unsafe" not in policy_text and "http" not in policy_text


def test_a_changed_script_is_another_policy():
    assert policy(styles=["a"], scripts=["b"]) != policy(styles=["a"], scripts=["b "])


def test_names_in_the_shell_are_escaped(page):
    assert (
        "T &lt;/title&gt;" in page
        and "A &lt;b&gt;" in page
        and "lead &amp; more" in page
        and "&lt;f&gt;" in page
    )


def test_nothing_in_the_assets_points_outside_or_closes_its_element():
    for text in (stylesheet(), asset("page.js"), asset("theme.js"), asset("early.js")):
        assert not re.search(r"https?:|@import|url\(|</|<!--|eval|innerHTML", text)


def test_every_colour_of_the_theme_has_a_light_and_a_dark_side():
    theme = asset("theme.css")
    colours = re.findall(r"--([a-z0-9-]+): (.*);", theme)
    assert all(
        value.startswith("light-dark(#") for name, value in colours if name not in ("serif", "sans", "mono")
    )
    defined, used = {name for name, _ in colours}, set(re.findall(r"var\(--([a-z0-9-]+)[,)]", stylesheet()))
    assert used - defined == {"tint", "hue"}  # set where they are used


def test_unknown_names_in_templates_are_errors():
    with pytest.raises(jinja2.UndefinedError):
        templates().from_string("{{ nobody }}").render()


def test_a_table_has_a_caption_and_scopes():
    table = data_table(
        [Column(title="Name", sortable=True), Column(title="n", class_="num", sortable=True)],
        [
            Row(
                cells=[Cell(content="<a>", sort="a"), Cell(content="2", note="1 to 3", sort=2.0)],
                class_="plain",
            )
        ],
        caption="All of it",
    )
    assert "<caption>All of it</caption>" in table
    assert table.count('scope="col"') == 2 and table.count('scope="row"') == 1
    assert "&lt;a&gt;" in table and 'data-value="2.0"' in table and "data-fold" not in table


def test_an_unknown_number_sorts_as_nothing():
    table = data_table([Column(title="n")], [Row(cells=[Cell(content="–", sort=math.nan)])], caption="c")
    assert 'data-value=""' in table


def test_only_long_tables_are_folded():
    def rows(n):
        return [Row(cells=[Cell(content=str(i))]) for i in range(n)]

    columns = [Column(title="n")]
    assert 'data-fold="15"' in data_table(columns, rows(18), caption="c", fold=15)
    assert "data-fold" not in data_table(
        columns, rows(17), caption="c", fold=15
    )  # hiding two rows helps nobody


def test_a_row_must_fit_its_columns():
    with pytest.raises(ValueError, match="zip"):
        data_table([Column(title="a"), Column(title="b")], [Row(cells=[Cell()])], caption="c")


def test_every_chip_has_its_own_shape_and_its_word():
    assert len(set(ICONS.values())) == len(ICONS)
    for name in ("better", "worse", "equivalent", "unresolved", "baseline"):
        assert f">{name}</span>" in chip(name) and f'id="icon-{name}"' in icon_sheet()


def test_one_picture_needs_no_choice():
    only = Markup("<p>x</p>")
    assert switcher([("a", only)], label="l") == only
    assert switcher([("a", only), ("b", only)], label="l").count('class="panel"') == 2


def test_a_text_that_was_not_cut_does_not_unfold():
    assert "details" not in long_text("short", opening="short")
    assert "details" in long_text("short and long", opening="short…")


def test_definitions_escape_both_sides():
    assert "&lt;k&gt;" in definitions([("<k>", "<v>")]) and "&lt;v&gt;" in definitions([("<k>", "<v>")])
