"""Images of the official Python client, for a server with a model that reads them (clients/page/SeeingTiny.java)."""

import base64
import struct
import unittest
import zlib

from client import SDKError, HTTPValidationError, complete, stream, streamed_text, text

# 64 x 32 pixels are 3 x 2 cells of 28: 6 rows, a token between the two lines, and one at the end.
TOKENS = 8


def png(width, height, pixel):
    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    lines = (b"\0" + bytes(pixel) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(lines)) + part(b"IEND", b"")


def url(data):
    return "data:image/png;base64," + base64.b64encode(data).decode()


RED = url(png(64, 32, (255, 0, 0)))


def said(*images):
    return [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, *images]}]


def asked(*images, **settings):
    return complete(said(*images), max_tokens=12, random_seed=3, **settings)


class Images(unittest.TestCase):
    def test_an_image_is_read_and_counted(self):
        tokens = asked().usage.prompt_tokens
        for image in (RED, {"url": RED}, {"url": RED, "detail": "low"}):
            answer = asked({"type": "image_url", "image_url": image})
            self.assertEqual(answer.usage.prompt_tokens, tokens + TOKENS)
            self.assertTrue(text(answer))

    def test_the_stream_says_what_the_plain_answer_says(self):
        image = {"type": "image_url", "image_url": RED}
        chunks = stream(said(image), max_tokens=12, random_seed=3)
        self.assertEqual(streamed_text(chunks), text(asked(image)))

    def test_an_error_names_the_image(self):
        with self.assertRaises((SDKError, HTTPValidationError)) as caught:
            asked({"type": "image_url", "image_url": url(b"no image")})
        self.assertIn("PNG, JPEG, GIF or WebP", str(caught.exception))
