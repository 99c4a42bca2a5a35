"""The official Python client's embeddings against a running server that has an embedding model."""

import asyncio
import unittest

from client import HTTPValidationError, SDKError, connect

MODEL = "mistral-embed"
TEXTS = ["A dog runs through the garden.", "A puppy is playing on the lawn.", "Interest rates rose again this year."]


def embed(inputs=TEXTS, **settings):
    with connect() as client:
        return client.embeddings.create(**{"model": MODEL, "inputs": inputs, **settings})


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b)) / (sum(x * x for x in a) * sum(y * y for y in b)) ** 0.5


class Embeddings(unittest.TestCase):
    def test_texts_of_one_meaning_are_closer_than_others(self):
        answer = embed()
        self.assertEqual(answer.object, "list")
        self.assertEqual(answer.model, MODEL)
        self.assertTrue(answer.id)
        self.assertEqual([item.index for item in answer.data], [0, 1, 2])
        dog, puppy, rates = (item.embedding for item in answer.data)
        self.assertEqual(len(dog), 384)
        self.assertGreater(cosine(dog, puppy), 0.4)
        self.assertLess(cosine(dog, rates), 0.2)
        self.assertEqual(answer.usage.total_tokens, answer.usage.prompt_tokens)

    def test_a_text_alone_has_the_numbers_it_has_among_others(self):
        self.assertEqual(embed(TEXTS[1]).data[0].embedding, embed().data[1].embedding)

    def test_asynchronous_calls_give_the_same_numbers(self):
        async def ask():
            async with connect() as client:
                return await client.embeddings.create_async(model=MODEL, inputs=TEXTS)

        self.assertEqual(asyncio.run(ask()).data, embed().data)

    def test_dimension_and_type_are_honoured(self):
        shorter = embed(output_dimension=64).data[0].embedding
        self.assertEqual(len(shorter), 64)
        self.assertAlmostEqual(sum(x * x for x in shorter), 1, 5)
        packed = embed(output_dimension=64, output_dtype="ubinary").data[0].embedding
        self.assertEqual(packed, [sum((shorter[8 * i + k] > 0) << 7 - k for k in range(8)) for i in range(8)])

    def test_faults_are_the_clients_own_errors(self):
        with self.assertRaises(HTTPValidationError):
            embed([])
        with self.assertRaises(SDKError) as raised:
            embed(["word " * 600])
        self.assertIn("602 tokens", str(raised.exception))
        with self.assertRaises(SDKError) as raised, connect() as client:
            client.chat.complete(model="all-minilm-l6-v2", messages=[{"role": "user", "content": "Hi"}])
        self.assertIn("computes embeddings", str(raised.exception))


if __name__ == "__main__":
    unittest.main()
