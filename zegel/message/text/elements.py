"""What the elements and attributes of HTML and of the XML of documents are in the text that is made of them."""

from __future__ import annotations

from zegel.message.text import table_marks as marks

_HTML_BLOCKS = """
    address article aside blockquote body br button canvas caption center dd details dialog dir div dl dt
    fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html iframe legend
    li link main map menu meta nav noframes noscript object ol optgroup option p pre script section select
    style summary table tbody template textarea tfoot thead title tr ul
    """
HTML_BREAKS = dict.fromkeys(_HTML_BLOCKS.split(), "\n") | dict.fromkeys(("td", "th", "tr"), "") | {"rt": " ", "rp": " "}
HTML_TABLE = {
    "table": marks.TABLE, "tr": marks.ROW, "td": marks.CELL, "th": marks.CELL, "/table": marks.END,
}  # fmt: skip

_FLOW_BLOCKS = """
    p br cr body hdr ftr comment footnote endnote txBody txbxContent sp graphicFrame fldSimple si
    h line-break list-item list-header page frame annotation note note-body section title
    subject author creator modifiedBy lastModifiedBy Relationship property
    textbox div posOffset pctWidth pctHeight pctPosHOffset pctPosVOffset ClientData Anchor Row Column
    """
"""Elements of WordprocessingML and DrawingML, of OpenDocument, and of values that have their own line."""
FLOW_BREAKS = dict.fromkeys(_FLOW_BLOCKS.split(), "\n") | {
    "tab": " ", "s": " ", "ptab": " ", "fldChar": " ", "rt": " ", "rubyBase": " ",
    "noBreakHyphen": "-",
}  # fmt: skip

FLOW_TABLE = {
    "tbl": marks.TABLE, "tr": marks.ROW, "tc": marks.CELL, "/tbl": marks.END,
    "table": marks.TABLE, "table-row": marks.ROW, "table-cell": marks.CELL, "covered-table-cell": marks.CELL,
    "/table": marks.END,
}  # fmt: skip
"""Of WordprocessingML and DrawingML, and of OpenDocument."""
TEXTUAL = {
    "descr", "title", "name", "alt", "tooltip", "val", "value", "author", "initials", "label", "text",
    "string-value", "date-value", "display", "v",
    "current-value", "displayText", "string", "prompt", "promptTitle", "error", "errorTitle", "instr", "content",
    "UnicodeString", "uniqueName", "displayName", "help-text", "data", "Target", "href", "caption",
}  # fmt: skip
"""XML attributes whose value is text even when it looks like a number; other numbers are geometry and ids."""
