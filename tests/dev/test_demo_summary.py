from dev.demo_summary import Row, table


def test_table_has_a_line_for_each_account_and_says_what_went_wrong():
    text = table(
        [
            Row("sales@northlight.example", 16, 170, 60, 25, 13, 0, 170, 0.5),
            Row("a@b.example", 0, 0, 0, 0, 0, 0, 0, 0.1, error="The password is refused."),
        ]
    )
    heading, sales, other, fault = text.splitlines()
    assert heading.split("  ")[0] == "account"
    assert sales.split() == ["sales@northlight.example", "16", "170", "60", "25", "13", "0", "170", "0.5", "340"]
    assert other.endswith("-")
    assert len(heading) == len(sales) == len(other)
    assert fault == "a@b.example: The password is refused."
