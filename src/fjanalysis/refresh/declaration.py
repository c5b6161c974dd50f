"""The research-ready tables, declared once.

The pandera checks, the SQL checks and the data dictionary are all made from this declaration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "text", "code", "date", "week", "boolean", "integer"]

SQL_TYPES: dict[Kind, str] = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "code": "VARCHAR",
    "date": "DATE",
    "week": "DATE",
    "boolean": "BOOLEAN",
    "integer": "INTEGER",
}

NATIONS = ("England", "Wales")
LAW_TYPES = ("public", "private")
SEXES = ("female", "male", "unknown")
ETHNICITIES = ("white", "mixed", "asian", "black", "other", "unknown")
ROLES = ("applicant", "respondent", "subject", "other")
RELATIONSHIPS = (
    "parent",
    "child",
    "sibling",
    "half sibling",
    "step sibling",
    "grandparent",
    "grandchild",
    "other",
)
PUBLIC_APPLICATIONS = (
    "care",
    "supervision",
    "extension of supervision",
    "emergency protection",
    "child assessment",
    "secure accommodation",
    "placement",
    "discharge",
    "contact with child in care",
    "recovery",
    "revocation of placement",
    "inherent jurisdiction",
    "deprivation of liberty",
)
PRIVATE_APPLICATIONS = (
    "live with",
    "time with",
    "live and time with",
    "prohibited steps",
    "specific issue",
    "enforcement",
    "parental responsibility",
    "special guardianship",
    "parental order",
    "step-parent adoption",
    "change of name",
)
APPLICATION_TYPES = (*PUBLIC_APPLICATIONS, *PRIVATE_APPLICATIONS, "other")
FINAL_ORDERS = (
    "placement order",
    "care order",
    "special guardianship",
    "child arrangements",
    "supervision order",
    "family assistance order",
    "no order",
    "dismissed",
    "withdrawn",
)
ORDER_TYPES = (
    *FINAL_ORDERS,
    "interim care order",
    "interim supervision order",
    "emergency protection order",
    "prohibited steps",
    "specific issue",
    "enforcement",
    "parental responsibility",
    "other",
)
EARLIEST_DAY = "1900-01-01"
LATEST_DAY = "2099-12-31"


@dataclass(frozen=True)
class Column:
    """A column of a research-ready table.

    Parameters
    ----------
    name
        Its name.
    kind
        `id` (text whose first letter names the system), `text`, `code` (one of `values`), `date`,
        `week` (a Monday), `boolean`, `integer`.
    definition
        One sentence for the data dictionary.
    nullable
        Whether the value may be unknown.
    values
        The vocabulary of a `code`, or the smallest and largest of an `integer`.
    refers_to
        The table whose key of the same name this column must be found in, as `table.column`.
    """

    name: str
    kind: Kind
    definition: str
    nullable: bool = False
    values: tuple[str, ...] | tuple[int, int] = ()
    refers_to: str = ""

    @property
    def sql_type(self) -> str:
        """The column's type in DuckDB."""
        return SQL_TYPES[self.kind]


@dataclass(frozen=True)
class Table:
    """A research-ready table: one row an entity of its `unit`, no two rows with the same `key`."""

    name: str
    unit: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return the column of that name."""
        return next(column for column in self.columns if column.name == name)


ORIGIN = (
    Column("nation", "code", "Nation of the service that recorded it.", values=NATIONS),
    Column("system", "text", "Recording system that it came from."),
)
CASE = Column("case_id", "id", "The case that the row belongs to.", refers_to="cases.case_id")
APPLICATION = Column(
    "application_id",
    "id",
    "The application that the row belongs to.",
    refers_to="applications.application_id",
)


def _person(name: str, definition: str) -> Column:
    return Column(name, "id", definition, refers_to="persons.person_id")


_DECLARED = (
    Table(
        "cases",
        "court case",
        ("case_id",),
        (
            Column("case_id", "id", "The case."),
            *ORIGIN,
            Column("law_type", "code", "Public or private law.", values=LAW_TYPES),
            Column("local_authority", "text", "ONS code of the local authority.", nullable=True),
            Column("region", "text", "ONS code of the local authority's region.", nullable=True),
            Column("court", "text", "The court's name as the source gives it.", nullable=True),
            Column("dfj_area", "text", "Designated Family Judge area of the court.", nullable=True),
            Column("hmcts_region", "text", "HMCTS region of that area.", nullable=True),
            Column("received_date", "date", "Day the case was received.", nullable=True),
            Column("closed_date", "date", "Day it was closed; null while open.", nullable=True),
        ),
    ),
    Table(
        "applications",
        "application within a case",
        ("application_id",),
        (
            Column("application_id", "id", "The application."),
            CASE,
            Column("application_type", "code", "What is applied for.", values=APPLICATION_TYPES),
            Column(
                "issue_date",
                "date",
                "Date of the application; where it is missing, the date received.",
                nullable=True,
            ),
            Column(
                "completed_date", "date", "Day it was completed; null while open.", nullable=True
            ),
            *ORIGIN,
        ),
    ),
    Table(
        "persons",
        "person",
        ("person_id",),
        (
            Column("person_id", "id", "The person."),
            Column("sex", "code", "Sex as recorded.", values=SEXES),
            Column("birth_week", "week", "Monday on or before the day of birth.", nullable=True),
            Column("birth_week_mended", "boolean", "Whether a mistyped century was mended."),
            Column(
                "ethnicity",
                "code",
                "Ethnicity group; conflicting and undisclosed ones are unknown.",
                values=ETHNICITIES,
            ),
            Column(
                "deprivation_quintile",
                "integer",
                "Fifth of areas by deprivation within the nation: 1 is the most deprived.",
                nullable=True,
                values=(1, 5),
            ),
            *ORIGIN,
        ),
    ),
    Table(
        "roles",
        "role of a person on an application",
        ("application_id", "person_id", "role"),
        (
            APPLICATION,
            CASE,
            _person("person_id", "The person who has the role."),
            Column("role", "code", "What the person is on the application.", values=ROLES),
            Column("is_party", "boolean", "Whether the person is a party."),
            *ORIGIN,
        ),
    ),
    Table(
        "relationships",
        "person and related person, in one direction",
        ("person_id", "related_id", "relationship"),
        (
            _person("person_id", "The person."),
            _person("related_id", "The person related to them."),
            Column(
                "relationship",
                "code",
                "What the related person is to the person.",
                values=RELATIONSHIPS,
            ),
            *ORIGIN,
        ),
    ),
    Table(
        "hearings",
        "hearing in a case",
        ("hearing_id",),
        (
            Column("hearing_id", "id", "The hearing."),
            CASE,
            Column("hearing_date", "date", "Day of the hearing."),
            *ORIGIN,
        ),
    ),
    Table(
        "orders",
        "legal order about a child",
        ("order_id",),
        (
            Column("order_id", "id", "The order, of one child."),
            CASE,
            Column(
                "application_id",
                "id",
                "The application that it was made on; null where the source has none.",
                nullable=True,
                refers_to="applications.application_id",
            ),
            _person("person_id", "The child."),
            Column("order_type", "code", "What was ordered.", values=ORDER_TYPES),
            Column("is_final", "boolean", "Whether it ends the application for the child."),
            Column("order_date", "date", "Day it was made; none before April 2010."),
            Column("case_level", "boolean", "Whether the source gives it a case, not a child."),
            *ORIGIN,
        ),
    ),
)

TABLES: dict[str, Table] = {table.name: table for table in _DECLARED}


def dictionary() -> list[dict[str, str]]:
    """Return the data dictionary: one row a column, in the order of the declaration."""
    rows = []
    for table in TABLES.values():
        for column in table.columns:
            values = [str(value) for value in column.values]
            rows.append(
                {
                    "table": table.name,
                    "column": column.name,
                    "type": column.sql_type,
                    "unknown": "may be unknown" if column.nullable else "",
                    "values": (" to " if column.kind == "integer" else ", ").join(values),
                    "refers_to": column.refers_to,
                    "definition": column.definition,
                }
            )
    return rows
