# The page's Python sample (pip install mistralai==1.12.4); only the URL and the key differ.
# From mistralai 2.0 on, the first line reads: from mistralai.client import Mistral
from mistralai import Mistral
import os

with Mistral(
    api_key=os.getenv("TRAMONTANE_KEY", "none"),
    server_url=os.getenv("TRAMONTANE_URL", "http://127.0.0.1:8000"),
) as mistral:

    res = mistral.chat.complete(model="mistral-small-latest", messages=[
        {
            "content": "Who is the best French painter? Answer in one short sentence.",
            "role": "user",
        },
    ], stream=False)

    # Handle response
    print(res)
