#!/bin/sh
# The page's curl sample; only the host and the key differ.
curl "${TRAMONTANE_URL:-http://127.0.0.1:8000}/v1/chat/completions" \
    -X POST \
    -H "Authorization: Bearer ${TRAMONTANE_KEY:-none}" \
    -d '{
    "messages": [
        {
            "content": "ipsum eiusmod"
        }
    ],
    "model": "mistral-large-latest"
}'
