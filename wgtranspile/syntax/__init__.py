"""Text in, `Document` out: lines and sections as written, judged by nobody yet."""

from wgtranspile.syntax.model import Bare, Blank, Comment, Document, Entry, Line, Section
from wgtranspile.syntax.parser import parse

__all__ = ["Bare", "Blank", "Comment", "Document", "Entry", "Line", "Section", "parse"]
