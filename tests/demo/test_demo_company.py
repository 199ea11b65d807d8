"""The company hangs together: every name that is used is defined, and every file is listed."""

import ast
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from nexus.access.models import Level
from nexus.access.principal import Role, SubjectKind
from nexus.demo import company as demo
from nexus.demo.company import DemoCompany

PACKAGE = Path(demo.__file__).parent
FORMATS = {"pdf", "docx", "pptx", "xlsx", "csv", "txt", "md", "html", "eml", "json"}


def test_the_words_for_roles_subjects_and_levels_are_those_of_access() -> None:
    assert set(get_args(demo.RoleName)) == {role.value for role in Role}
    assert set(get_args(demo.SubjectKind)) == {kind.value for kind in SubjectKind}
    assert set(get_args(demo.Level)) == {level.value for level in Level}


def test_the_package_is_pure_data_over_the_standard_library() -> None:
    imported = {
        name
        for path in PACKAGE.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert {name for name in imported if name.partition(".")[0] not in sys.stdlib_module_names} == set()


def test_every_packaged_file_is_listed_and_every_listed_file_is_packaged(company: DemoCompany) -> None:
    listed = [file.path for base in company.knowledge_bases for file in base.files]
    root = PACKAGE / "files"

    assert sorted(listed) == sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    assert {path.rpartition(".")[2] for path in listed} == FORMATS


def test_users_belong_to_departments_and_groups_that_exist(company: DemoCompany) -> None:
    departments = {department.path for department in company.departments}

    assert {department.region for department in company.departments} == set(company.regions)
    for user in company.users:
        assert user.role in get_args(demo.RoleName)
        assert user.department in departments
        assert set(user.groups) <= set(company.groups)
        assert user.email == user.email.lower()
        assert user.email.endswith(".example")  # reserved: no message can ever reach a person
    assert {user.role for user in company.users} == set(get_args(demo.RoleName))
    assert len({user.email for user in company.users}) == len(company.users)
    assert {group for user in company.users for group in user.groups} == set(company.groups)


def test_grants_name_subjects_that_exist(company: DemoCompany) -> None:
    subjects = {
        "tenant": {company.tenant},
        "department": {department.path for department in company.departments},
        "group": set(company.groups),
        "user": {user.email for user in company.users},
    }
    used: set[str] = set()
    for base in company.knowledge_bases:
        assert base.department is None or base.department in subjects["department"]
        assert base.grants, base.name
        assert any(grant.level == "manage" for grant in base.grants), base.name
        for grant in base.grants:
            assert grant.level in get_args(demo.Level)
            assert grant.subject in subjects[grant.subject_kind]
            used.add(grant.subject_kind)
    assert used == set(subjects)


def test_only_executives_may_read_the_memorandum(company: DemoCompany) -> None:
    (executive,) = (base for base in company.knowledge_bases if base.folder == "executive")
    readers = {grant.subject for grant in executive.grants}
    executives = {user.email for user in company.users if "Executives" in user.groups}

    assert readers <= {"Executives"} | executives
    assert not {user.role for user in company.users if user.email in executives} & {"super_admin", "admin"}


# What, said where, and said otherwise where.
DISAGREEMENTS = [
    ("leave", "people-uk/leave-policy-uk.docx", "has 25 days of annual leave"),
    ("leave", "people-us/leave-policy-us.md", "earn **15 days** of paid time off"),
    ("carried over", "people-uk/leave-policy-uk.docx", "Up to 5 unused days may be carried over"),
    ("carried over", "people-us/leave-policy-us.md", "**Nothing is carried over.**"),
    ("hotel", "handbook/travel-policy.html", "<td>£140</td>"),
    ("hotel", "handbook/travel-policy.html", "<td>£185</td>"),
    ("hotel", "people-us/travel-and-expense-us.txt", "The cap is $210 per night"),
    ("claims", "handbook/travel-policy.html", "Claim within 30 days"),
    ("claims", "people-us/travel-and-expense-us.txt", "within 60 days"),
    ("seal", "engineering/heron-hx-datasheet.pdf", "cartridge after 6,000 operating hours"),
    ("seal", "engineering/er-0117-seal-failures.pdf", "change it after 2,000 operating hours"),
    ("seal", "werk-flensburg/wartungsanleitung-heron-hx.docx", "alle 4.000 Betriebsstunden"),
    ("price", "sales/price-list-fy2025.csv", "35 mm, SiC/SiC, FKM, for HX-2041 Heron 412.00"),
    ("price", "sales/price-list-fy26.xlsx", "35 mm, SiC/SiC, FKM, for HX-2041 Heron 438.5"),
    ("discount", "sales/price-list-fy26.xlsx", "Key account 250000 22"),
    ("discount", "sales/heron-quiet-launch.pptx", "8 per cent, whoever the customer is"),
    ("Flensburg", "handbook/annual-review-fy2025.pdf", "We plan to hire twelve people there in FY26"),
    ("Flensburg", "executive/project-lantern.eml", "38 are affected"),
]


@pytest.mark.parametrize(("path", "words"), [case[1:] for case in DISAGREEMENTS])
def test_the_documents_say_what_they_are_meant_to_disagree_about(
    path: str, words: str, text_of: Callable[[str], str]
) -> None:
    assert words in text_of(path)


def test_the_price_list_has_two_sheets_and_the_old_one_knows_that_it_ended(text_of: Callable[[str], str]) -> None:
    assert text_of("sales/price-list-fy26.xlsx").count("2026-03-31") > 140
    assert "2025-03-31" in text_of("sales/price-list-fy2025.csv")
    assert "HX-2041-BE" not in text_of("sales/price-list-fy2025.csv")


def test_the_deck_has_notes_and_the_reports_have_pages(company: DemoCompany, text_of: Callable[[str], str]) -> None:
    assert "The 31 quotations come from the lost-order survey" in text_of("sales/heron-quiet-launch.pptx")
    assert "Page 3" in text_of("handbook/annual-review-fy2025.pdf")
