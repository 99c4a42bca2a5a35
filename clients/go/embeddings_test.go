package clients

import (
	"math"
	"testing"
)

// Needs a server with an embedding model, so clients/run.sh asks for it by its name.
func TestEmbeddings(t *testing.T) {
	texts := []string{"A dog runs through the garden.", "A puppy is playing on the lawn.", "Interest rates rose again this year."}
	answer, err := local().Embeddings("mistral-embed", texts)
	if err != nil {
		t.Fatal(err)
	}
	if len(answer.Data) != 3 || answer.Usage.PromptTokens == 0 || answer.Usage.TotalTokens != answer.Usage.PromptTokens {
		t.Fatalf("%d vectors, usage %+v", len(answer.Data), answer.Usage)
	}
	dog, puppy, rates := answer.Data[0].Embedding, answer.Data[1].Embedding, answer.Data[2].Embedding
	if len(dog) != 384 || cosine(dog, puppy) < cosine(dog, rates)+0.2 {
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
