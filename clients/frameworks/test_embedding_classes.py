"""The embedding classes of langchain-mistralai and LiteLLM; both base URLs have the /v1."""

import unittest

import litellm
from langchain_mistralai import MistralAIEmbeddings

from place import KEY, URL

MODEL = "mistral-embed"
TEXTS = ["A dog runs through the garden.", "A puppy is playing on the lawn.", "Interest rates rose again this year."]


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b)) / (sum(x * x for x in a) * sum(y * y for y in b)) ** 0.5


class LangChain(unittest.TestCase):
    def setUp(self):
        self.model = MistralAIEmbeddings(model=MODEL, api_key=KEY, endpoint=URL + "/v1/", max_retries=1)

    def test_documents_and_a_query_are_embedded(self):
        dog, puppy, rates = self.model.embed_documents(TEXTS)
        self.assertGreater(cosine(dog, puppy), cosine(dog, rates) + 0.2)
        self.assertEqual(self.model.embed_query(TEXTS[0]), dog)


class LiteLLM(unittest.TestCase):
    def test_texts_are_embedded_and_counted(self):
        answer = litellm.embedding(
            model="mistral/" + MODEL, input=TEXTS, api_base=URL + "/v1", api_key=KEY, num_retries=0
        )
        dog, puppy, rates = (item["embedding"] for item in answer.data)
        self.assertGreater(cosine(dog, puppy), cosine(dog, rates) + 0.2)
        self.assertGreater(answer.usage.prompt_tokens, 0)


if __name__ == "__main__":
    unittest.main()
