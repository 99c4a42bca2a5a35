"""The embeddings of OpenAI's client, LiteLLM's openai/ and pydantic-ai, on a server with --openai-fields; all base URLs have the /v1."""

import unittest

import litellm
import openai
from pydantic_ai import Embedder
from pydantic_ai.embeddings.openai import OpenAIEmbeddingModel
from pydantic_ai.providers.openai import OpenAIProvider

from place import KEY, URL
from test_embedding_classes import MODEL, TEXTS, cosine


class OpenAi(unittest.TestCase):
    def setUp(self):
        self.client = openai.OpenAI(base_url=URL + "/v1", api_key=KEY, max_retries=0)

    def test_texts_are_embedded_in_both_encodings(self):
        asked = {"model": MODEL, "input": TEXTS, "dimensions": 128, "user": "me"}
        answer = self.client.embeddings.create(**asked)
        dog, puppy, rates = (item.embedding for item in answer.data)
        self.assertEqual(len(dog), 128)
        self.assertGreater(cosine(dog, puppy), cosine(dog, rates) + 0.2)
        self.assertEqual(answer.usage.total_tokens, answer.usage.prompt_tokens)
        numbers = self.client.embeddings.create(**asked, encoding_format="float")
        self.assertGreater(cosine(numbers.data[0].embedding, dog), 0.999999)

    def test_errors_name_what_was_sent(self):
        for error, words, changed in (
            (openai.BadRequestError, "dimensions is 9999", {"dimensions": 9999}),
            (openai.UnprocessableEntityError, "token ids are not accepted", {"input": [[1, 2]]}),
        ):
            with self.assertRaises(error) as caught:
                self.client.embeddings.create(**{"model": MODEL, "input": TEXTS, **changed})
            self.assertIn(words, str(caught.exception))


class LiteLlmOpenAi(unittest.TestCase):
    def test_texts_are_embedded_and_counted(self):
        # Without the list it refuses dimensions for a model that it does not know.
        allowed = ["dimensions"]
        answer = litellm.embedding(
            model="openai/" + MODEL,
            input=TEXTS,
            dimensions=128,
            allowed_openai_params=allowed,
            api_base=URL + "/v1",
            api_key=KEY,
            num_retries=0,
        )
        dog, puppy, rates = (item["embedding"] for item in answer.data)
        self.assertEqual(len(dog), 128)
        self.assertGreater(cosine(dog, puppy), cosine(dog, rates) + 0.2)
        self.assertGreater(answer.usage.prompt_tokens, 0)


class PydanticAi(unittest.IsolatedAsyncioTestCase):
    async def test_documents_and_a_query_are_embedded(self):
        embedder = Embedder(OpenAIEmbeddingModel(MODEL, provider=OpenAIProvider(base_url=URL + "/v1", api_key=KEY)))
        dog, puppy, rates = (await embedder.embed_documents(TEXTS)).embeddings
        self.assertGreater(cosine(dog, puppy), cosine(dog, rates) + 0.2)
        (query,) = (await embedder.embed_query(TEXTS[0])).embeddings
        self.assertGreater(cosine(query, dog), 0.999999)


if __name__ == "__main__":
    unittest.main()
