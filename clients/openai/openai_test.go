// Package clients tries openai-go on a running server with --openai-fields: TRAMONTANE_URL and TRAMONTANE_KEY say where.
package clients

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"
)

const (
	question = "Who is the best French painter? Answer in one short sentence."
	weather  = "What is the weather in Paris?"
)

var city = map[string]any{
	"type":       "object",
	"properties": map[string]any{"city": map[string]any{"type": "string"}},
	"required":   []string{"city"},
}

func connect(key string) openai.Client {
	return openai.NewClient(option.WithBaseURL(os.Getenv("TRAMONTANE_URL")+"/v1"), option.WithAPIKey(key), option.WithMaxRetries(0))
}

func local() openai.Client {
	return connect(os.Getenv("TRAMONTANE_KEY"))
}

// greedy asks for a short answer that is the same every time.
func greedy(messages ...openai.ChatCompletionMessageParamUnion) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{
		Model:               "mistral-small-latest",
		Messages:            messages,
		Temperature:         openai.Float(0),
		MaxCompletionTokens: openai.Int(60),
		Seed:                openai.Int(1),
	}
}

func withTool(choice string, messages ...openai.ChatCompletionMessageParamUnion) openai.ChatCompletionNewParams {
	params := greedy(messages...)
	params.Tools = []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
		Name:        "get_weather",
		Description: openai.String("Tells the weather in a city."),
		Parameters:  city,
	})}
	params.ToolChoice = openai.ChatCompletionToolChoiceOptionUnionParam{OfAuto: openai.String(choice)}
	return params
}

func complete(t *testing.T, params openai.ChatCompletionNewParams) openai.ChatCompletion {
	t.Helper()
	client := local()
	answer, err := client.Chat.Completions.New(context.Background(), params)
	if err != nil {
		t.Fatal(err)
	}
	return *answer
}

func stream(t *testing.T, params openai.ChatCompletionNewParams) (openai.ChatCompletionAccumulator, []openai.ChatCompletionChunk) {
	t.Helper()
	client := local()
	chunks := client.Chat.Completions.NewStreaming(context.Background(), params)
	var all []openai.ChatCompletionChunk
	whole := openai.ChatCompletionAccumulator{}
	for chunks.Next() {
		all = append(all, chunks.Current())
		if !whole.AddChunk(chunks.Current()) {
			t.Fatal("the client does not know where this chunk belongs:", chunks.Current().RawJSON())
		}
	}
	if chunks.Err() != nil {
		t.Fatal(chunks.Err())
	}
	return whole, all
}

func TestTheStreamSaysWhatTheAnswerSays(t *testing.T) {
	params := greedy(openai.DeveloperMessage("Be terse."), openai.UserMessage(question))
	answer := complete(t, params)
	text := answer.Choices[0].Message.Content
	if strings.TrimSpace(text) == "" || answer.Usage.TotalTokens != answer.Usage.PromptTokens+answer.Usage.CompletionTokens {
		t.Errorf("the answer is %s", answer.RawJSON())
	}
	whole, _ := stream(t, params)
	if whole.Choices[0].Message.Content != text || whole.Choices[0].FinishReason != answer.Choices[0].FinishReason {
		t.Errorf("the stream says %q, the answer %q", whole.Choices[0].Message.Content, text)
	}
	params.StreamOptions = openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)}
	whole, chunks := stream(t, params)
	last := chunks[len(chunks)-1]
	if whole.Choices[0].Message.Content != text || len(last.Choices) != 0 || last.Usage.TotalTokens != answer.Usage.TotalTokens {
		t.Errorf("the stream ended with %s", last.RawJSON())
	}
}

func TestAToolIsCalledAndItsResultIsRead(t *testing.T) {
	asked := openai.UserMessage(weather)
	first := complete(t, withTool("required", asked)).Choices[0]
	if first.FinishReason != "tool_calls" || len(first.Message.ToolCalls) == 0 {
		t.Fatalf("no call came: %s", first.RawJSON())
	}
	messages := []openai.ChatCompletionMessageParamUnion{asked, first.Message.ToParam()}
	for _, call := range first.Message.ToolCalls {
		checkCall(t, call.Function.Name, call.Function.Arguments)
		messages = append(messages, openai.ToolMessage("It is sunny, 21 degrees.", call.ID))
	}
	last := complete(t, withTool("none", messages...)).Choices[0].Message
	if strings.TrimSpace(last.Content) == "" || len(last.ToolCalls) > 0 {
		t.Errorf("the last message is %s", last.RawJSON())
	}
}

func TestACallComesInAStream(t *testing.T) {
	whole, _ := stream(t, withTool("required", openai.UserMessage(weather)))
	choice := whole.Choices[0]
	if choice.FinishReason != "tool_calls" || len(choice.Message.ToolCalls) == 0 {
		t.Fatal("the stream has no call")
	}
	checkCall(t, choice.Message.ToolCalls[0].Function.Name, choice.Message.ToolCalls[0].Function.Arguments)
}

func checkCall(t *testing.T, name string, arguments string) {
	t.Helper()
	var given map[string]string
	if err := json.Unmarshal([]byte(arguments), &given); err != nil || name != "get_weather" || len(given) != 1 || given["city"] == "" {
		t.Errorf("the call is %s %s", name, arguments)
	}
}

func TestARecordComesBySchema(t *testing.T) {
	params := greedy(openai.UserMessage("Paris is a city. Name a city."))
	params.ResponseFormat = openai.ChatCompletionNewParamsResponseFormatUnion{OfJSONSchema: &shared.ResponseFormatJSONSchemaParam{
		JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{Name: "city", Strict: openai.Bool(true), Schema: city},
	}}
	checkCall(t, "get_weather", complete(t, params).Choices[0].Message.Content)
}

func TestErrorsHaveTheirStatusAndWords(t *testing.T) {
	unknown := greedy(openai.UserMessage(question))
	unknown.Model = "nobody"
	biased := greedy(openai.UserMessage(question))
	biased.LogitBias = map[string]int64{"5": 1}
	for _, row := range []struct {
		key    string
		params openai.ChatCompletionNewParams
		status int
		words  string
	}{
		{os.Getenv("TRAMONTANE_KEY"), unknown, 400, "Invalid model: nobody"},
		{os.Getenv("TRAMONTANE_KEY"), biased, 422, "logit_bias is not supported"},
		{"wrong", greedy(openai.UserMessage(question)), 401, "Unauthorized"},
	} {
		client := connect(row.key)
		_, err := client.Chat.Completions.New(context.Background(), row.params)
		var refused *openai.Error
		if !errors.As(err, &refused) || refused.StatusCode != row.status || !strings.Contains(refused.Message, row.words) {
			t.Errorf("the error is %v", err)
		}
	}
}
