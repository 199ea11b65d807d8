"""Mails with files attached to them."""

from email.message import EmailMessage


def mail(*files: tuple[str, bytes], subject: str = "Good text") -> EmailMessage:
    """`files`: names and contents."""
    message = EmailMessage()
    message["From"], message["Subject"] = "a@example.test", subject
    message.set_content("The body.")
    for name, content in files:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message
