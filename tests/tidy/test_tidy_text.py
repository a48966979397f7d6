"""The house rules about text hold for every file; and each rule catches its bad sample."""

import pytest

from tests.tidy import text_rules as rules
from tests.tidy.source import Rule, breaches, files, source

README = "README.md"
PAGE = "docs/page.md"
DEMO = "deploy/demo/first.json"
ONE, OTHER = rules.REAL_NAMES[:2]
SLASH = "/"
SCHEME = "https:" + 2 * SLASH
OPEN = "TO" + "DO"
REGISTRY = "pypi" + ".org"
RULES: tuple[Rule, ...] = (
    rules.open_end_has_a_number,
    rules.path_is_of_no_machine,
    rules.registry_is_not_named,
    rules.host_is_invented_or_near,
    rules.real_name_is_background_only,
    rules.demo_data_is_marked,
    rules.company_is_marked,
)
BAD: tuple[tuple[Rule, str, str, str], ...] = (
    (rules.open_end_has_a_number, PAGE, f"# {OPEN}: later", "an open end"),
    (rules.open_end_has_a_number, PAGE, f"# {OPEN}(anna): later", "an open end"),
    (rules.path_is_of_no_machine, PAGE, f"cd {SLASH}root", "a path of one machine"),
    (rules.path_is_of_no_machine, PAGE, f"cd '{SLASH}home/anna/project'", "a path of one machine"),
    (rules.path_is_of_no_machine, PAGE, f"A={SLASH}tmp/lab/v", "a path of one machine"),
    (rules.registry_is_not_named, PAGE, f"get it from {REGISTRY}", "the host of a package registry"),
    (rules.host_is_invented_or_near, PAGE, f"{SCHEME}shop.com/a", "the host shop.com"),
    (rules.host_is_invented_or_near, PAGE, f"{SCHEME}anna:b@" + "shop.org:8080/a", "the host shop.org"),
    (rules.host_is_invented_or_near, PAGE, "kafka:" + 2 * SLASH + "9.9.9.9:9092", "the host 9.9.9.9"),
    (rules.host_is_invented_or_near, PAGE, "write to anna@" + "shop.com", "the host shop.com"),
    (rules.real_name_is_background_only, PAGE, f"as {ONE} did", "the name of a real company"),
    (rules.real_name_is_background_only, "deploy/demo/a.json", f'"{ONE.lower()}-cloud"', "the name of a real company"),
    (rules.real_name_is_background_only, README, f"On 2026-01-28 {ONE} did.\n\n{OTHER} too.", "README.md:3: a second"),
    (rules.real_name_is_background_only, README, f"Lately {ONE} did.", "has no date"),
    (rules.demo_data_is_marked, DEMO, '{"companies": []}', "has no"),
    (rules.demo_data_is_marked, DEMO, '{"illustrative": "yes"}', "has no"),
    (rules.demo_data_is_marked, DEMO, "[]", "has no"),
    (rules.company_is_marked, "schemas/examples/a/b.json", '{"legal_name": "Lanwei"}', "is not marked illustrative"),
)
GOOD: tuple[tuple[Rule, str, str], ...] = (
    (rules.open_end_has_a_number, PAGE, f"# {OPEN}(#12): later"),
    (rules.path_is_of_no_machine, PAGE, "see docs/home/index.md, $HOME/work, /var/lib/kafka and /workers"),
    (rules.registry_is_not_named, PAGE, "from the package registry"),
    (
        rules.host_is_invented_or_near,
        PAGE,
        f"{SCHEME}hooks.lanwei.example/a http://127.0.0.1:8080 http://192.0.2.1 {SCHEME}json-schema.org/draft "
        "kafka://kafka:9092 anna@lanwei.example http://[::1]/",
    ),
    (rules.real_name_is_background_only, README, f"Reported on 2026-01-28: {ONE} and {OTHER}. No more."),
    (rules.real_name_is_background_only, PAGE, "400,000 H200 of an invented company"),
    (rules.demo_data_is_marked, DEMO, '{"illustrative": true}'),
    (rules.demo_data_is_marked, "deploy/grafana/a.json", "[]"),
    (rules.company_is_marked, "schemas/examples/a/b.json", '{"legal_name": "Lanwei (illustrative)"}'),
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_file_keeps_the_rule(rule: Rule) -> None:
    found = breaches(rule, files())
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("rule", "path", "text", "complaint"), BAD)
def test_the_rule_catches_a_bad_sample(rule: Rule, path: str, text: str, complaint: str) -> None:
    assert any(complaint in found for found in breaches(rule, (source(path, text),)))


@pytest.mark.parametrize(("rule", "path", "text"), GOOD)
def test_the_rule_lets_a_good_sample_pass(rule: Rule, path: str, text: str) -> None:
    assert breaches(rule, (source(path, text),)) == []


def test_every_rule_has_a_bad_and_a_good_sample() -> None:
    assert {row[0] for row in BAD} == {row[0] for row in GOOD} == set(RULES)
