"""The forms that a report is written in: Markdown, DOCX, a record for machines, figures as files."""
