"""Why a file could not be read as a published export.

EvenhandError
└── ExportError                  a file that cannot be read as what it claims to be
    ├── NotAFile                 there is nothing to read at the path
    ├── EmptyExport              no byte, or a header and no row
    ├── NotText                  bytes of another kind of file: a spreadsheet, an archive, a picture
    ├── HtmlInsteadOfData        a web page, most often a login or error page saved under the export's name
    ├── DamagedGzip              compressed data that ends too early or fails its checksum
    ├── MalformedDocument        JSON or XML that breaks its own rules, or is not an answer with requests
    ├── MissingColumns           named at once, all of them
    ├── RepeatedColumns          two columns of one name: which is meant?
    └── UnknownFormat            no reader's columns are there, or several readers' are
"""

from __future__ import annotations

from evenhand.vocabulary.errors import EvenhandError


class ExportError(EvenhandError):
    """A file that cannot be read as a published export."""

    code_name = "unreadable_export"

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(self.code_name, message, permanent=True, **facts)


class NotAFile(ExportError):
    code_name = "not_a_file"


class EmptyExport(ExportError):
    code_name = "empty_export"


class NotText(ExportError):
    code_name = "not_text"


class HtmlInsteadOfData(ExportError):
    code_name = "html_instead_of_data"


class DamagedGzip(ExportError):
    code_name = "damaged_gzip"


class MalformedDocument(ExportError):
    code_name = "malformed_document"


class MissingColumns(ExportError):
    code_name = "missing_columns"


class RepeatedColumns(ExportError):
    code_name = "repeated_columns"


class UnknownFormat(ExportError):
    code_name = "unknown_format"
