"""The embedding classes of langchain-mistralai, LlamaIndex, Haystack and LiteLLM; all base URLs but LlamaIndex' have the /v1."""

import os
import unittest

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"

import litellm
from haystack import Document
from haystack.utils import Secret
from haystack_integrations.components.embedders.mistral import MistralDocumentEmbedder, MistralTextEmbedder
from langchain_mistralai import MistralAIEmbeddings
from llama_index.embeddings.mistralai import MistralAIEmbedding
from mistralai.client import Mistral

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


class LlamaIndex(unittest.IsolatedAsyncioTestCase):
    async def test_texts_and_a_query_are_embedded(self):
        model = MistralAIEmbedding(model_name=MODEL, api_key=KEY)
        # The class has no setting for the address.
        model._client = Mistral(api_key=KEY, server_url=URL)
        dog, puppy, rates = model.get_text_embedding_batch(TEXTS)
        self.assertGreater(cosine(dog, puppy), cosine(dog, rates) + 0.2)
        self.assertEqual(model.get_query_embedding(TEXTS[0]), dog)
        self.assertEqual(await model.aget_query_embedding(TEXTS[0]), dog)


class Haystack(unittest.TestCase):
    def test_documents_and_a_query_are_embedded(self):
        place = {"model": MODEL, "api_base_url": URL + "/v1", "api_key": Secret.from_token(KEY)}
        documents = [Document(content=text) for text in TEXTS]
        found = MistralDocumentEmbedder(progress_bar=False, **place).run(documents)
        dog, puppy, rates = (document.embedding for document in found["documents"])
        self.assertGreater(cosine(dog, puppy), cosine(dog, rates) + 0.2)
        self.assertGreater(cosine(MistralTextEmbedder(**place).run(TEXTS[0])["embedding"], dog), 0.999999)
        self.assertGreater(found["meta"]["usage"]["prompt_tokens"], 0)


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
