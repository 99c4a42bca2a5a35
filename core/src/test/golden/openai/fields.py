import openai
from openai.types import chat, embedding_create_params
from openai.types.chat import completion_create_params as params

print("# The fields of requests that the Python package openai knows, version", openai.__version__)
print("# Made by fields.py beside this file: pip install openai==" + openai.__version__ + " && python fields.py > fields.txt")
bodies = [params.CompletionCreateParamsBase, params.CompletionCreateParamsStreaming, params.CompletionCreateParamsNonStreaming]
names = lambda types: sorted({name for each in types for name in each.__annotations__})
messages = [each for name, each in vars(chat).items() if name.endswith("MessageParam") and hasattr(each, "__annotations__")]
for kind, types in (("embeddings", [embedding_create_params.EmbeddingCreateParams]), ("body", bodies), ("message", messages), ("stream_options", [chat.ChatCompletionStreamOptionsParam])):
    for name in names(types):
        print(kind, name)
