package clients

import (
	"context"
	"math"
	"testing"

	"github.com/openai/openai-go/v3"
)

// Needs a server with an embedding model, so clients/run.sh asks for it by its name.
func TestEmbeddings(t *testing.T) {
	texts := []string{"A dog runs through the garden.", "A puppy is playing on the lawn.", "Interest rates rose again this year."}
	client := local()
	answer, err := client.Embeddings.New(context.Background(), openai.EmbeddingNewParams{
		Model:      "mistral-embed",
		Input:      openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: texts},
		Dimensions: openai.Int(128),
		User:       openai.String("me"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(answer.Data) != 3 || answer.Usage.PromptTokens == 0 {
		t.Fatal(answer.RawJSON())
	}
	dog, puppy, rates := answer.Data[0].Embedding, answer.Data[1].Embedding, answer.Data[2].Embedding
	if len(dog) != 128 || cosine(dog, puppy) < cosine(dog, rates)+0.2 {
		t.Errorf("%d dimensions, cosines %f and %f", len(dog), cosine(dog, puppy), cosine(dog, rates))
	}
}

func cosine(a, b []float64) float64 {
	var dot, aa, bb float64
	for i := range a {
		dot, aa, bb = dot+a[i]*b[i], aa+a[i]*a[i], bb+b[i]*b[i]
	}
	return dot / math.Sqrt(aa*bb)
}
