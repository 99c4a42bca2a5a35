// Package clients tries mistral-go on a running server: TRAMONTANE_URL and TRAMONTANE_KEY say where.
// Its endpoint has no /v1.
package clients

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gage-technologies/mistral-go"
)

const (
	model    = mistral.ModelMistralSmallLatest
	question = "Who is the best French painter? Answer in one short sentence."
	weather  = "What is the weather in Paris?"
)

func connect(key string) *mistral.MistralClient {
	return mistral.NewMistralClient(key, os.Getenv("TRAMONTANE_URL"), 1, 10*time.Minute)
}

func local() *mistral.MistralClient {
	return connect(os.Getenv("TRAMONTANE_KEY"))
}

func user(text string) []mistral.ChatMessage {
	return []mistral.ChatMessage{{Role: mistral.RoleUser, Content: text}}
}

// greedy asks for a short answer that is the same every time.
func greedy() mistral.ChatRequestParams {
	return mistral.ChatRequestParams{Temperature: 0, TopP: 1, RandomSeed: 1, MaxTokens: 60}
}

func withTool(choice string) mistral.ChatRequestParams {
	params := greedy()
	params.ToolChoice = choice
	params.Tools = []mistral.Tool{{Type: mistral.ToolTypeFunction, Function: mistral.Function{
		Name:        "get_weather",
		Description: "Tells the weather in a city.",
		Parameters: map[string]any{
			"type":       "object",
			"properties": map[string]any{"city": map[string]any{"type": "string"}},
			"required":   []string{"city"},
		},
	}}}
	return params
}

func complete(t *testing.T, messages []mistral.ChatMessage, params mistral.ChatRequestParams) mistral.ChatCompletionResponse {
	t.Helper()
	answer, err := local().Chat(model, messages, &params)
	if err != nil {
		t.Fatal(err)
	}
	return *answer
}

func stream(t *testing.T, messages []mistral.ChatMessage, params mistral.ChatRequestParams) []mistral.ChatCompletionStreamResponse {
	t.Helper()
	chunks, err := local().ChatStream(model, messages, &params)
	if err != nil {
		t.Fatal(err)
	}
	var all []mistral.ChatCompletionStreamResponse
	for chunk := range chunks {
		if chunk.Error != nil {
			t.Fatal(chunk.Error)
		}
		all = append(all, chunk)
	}
	return all
}

func TestAnAnswerHasTextUsageAndAnEnd(t *testing.T) {
	answer := complete(t, user(question), greedy())
	choice := answer.Choices[0]
	if strings.TrimSpace(choice.Message.Content) == "" {
		t.Error("the answer is empty")
	}
	if choice.FinishReason != mistral.FinishReasonStop && choice.FinishReason != mistral.FinishReasonLength {
		t.Error("the answer ended with", choice.FinishReason)
	}
	if usage := answer.Usage; usage.PromptTokens == 0 || usage.TotalTokens != usage.PromptTokens+usage.CompletionTokens {
		t.Errorf("usage is %+v", usage)
	}
}

func TestTheStreamSaysWhatTheAnswerSays(t *testing.T) {
	var text strings.Builder
	chunks := stream(t, user(question), greedy())
	for _, chunk := range chunks {
		text.WriteString(chunk.Choices[0].Delta.Content)
	}
	if len(chunks) < 3 {
		t.Error("the stream has", len(chunks), "chunks")
	}
	answer := complete(t, user(question), greedy())
	if whole := answer.Choices[0].Message.Content; text.String() != whole {
		t.Errorf("the stream says %q, the answer %q", text.String(), whole)
	}
	if last := chunks[len(chunks)-1]; last.Usage != answer.Usage || last.Choices[0].FinishReason != answer.Choices[0].FinishReason {
		t.Errorf("the stream ended with %+v", last)
	}
}

// The client's messages have no tool_call_id, so results follow their calls in order.
func TestAToolIsCalledAndItsResultIsRead(t *testing.T) {
	messages := user(weather)
	first := complete(t, messages, withTool(mistral.ToolChoiceAny)).Choices[0]
	if first.FinishReason != "tool_calls" || len(first.Message.ToolCalls) == 0 {
		t.Fatalf("no call came: %+v", first)
	}
	messages = append(messages, first.Message)
	for _, call := range first.Message.ToolCalls {
		checkCall(t, call)
		messages = append(messages, mistral.ChatMessage{Role: mistral.RoleTool, Content: "It is sunny, 21 degrees."})
	}
	last := complete(t, messages, withTool(mistral.ToolChoiceNone)).Choices[0]
	if strings.TrimSpace(last.Message.Content) == "" || len(last.Message.ToolCalls) > 0 {
		t.Errorf("after the result came %+v", last)
	}
}

func TestACallComesInAStream(t *testing.T) {
	var calls []mistral.ToolCall
	for _, chunk := range stream(t, user(weather), withTool(mistral.ToolChoiceAny)) {
		calls = append(calls, chunk.Choices[0].Delta.ToolCalls...)
	}
	if len(calls) == 0 {
		t.Fatal("no call came")
	}
	checkCall(t, calls[0])
}

func checkCall(t *testing.T, call mistral.ToolCall) {
	t.Helper()
	var arguments struct{ City *string }
	if err := json.Unmarshal([]byte(call.Function.Arguments), &arguments); err != nil || arguments.City == nil {
		t.Errorf("the arguments are %q", call.Function.Arguments)
	}
	if call.Function.Name != "get_weather" || call.Id == "" {
		t.Errorf("the call is %+v", call)
	}
}

func TestAnObjectComesInJsonMode(t *testing.T) {
	params := greedy()
	params.ResponseFormat, params.MaxTokens = mistral.ResponseFormatJsonObject, 150
	text := complete(t, user("Name a French painter and the year of his birth, in JSON."), params).Choices[0].Message.Content
	var object map[string]any
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		t.Errorf("%q is no object: %v", text, err)
	}
}

func TestAGapIsFilled(t *testing.T) {
	answer, err := local().FIM(&mistral.FIMRequestParams{
		Model: mistral.ModelCodestralLatest, Prompt: "def add(a, b):\n    return ", Suffix: "\n", MaxTokens: 20, Stop: []string{"\n"},
	})
	if err != nil || strings.TrimSpace(answer.Choices[0].Message.Content) == "" {
		t.Error(answer, err)
	}
}

func TestModelsAreListed(t *testing.T) {
	models, err := local().ListModels()
	if err != nil || len(models.Data) == 0 {
		t.Error(models, err)
	}
}

func TestErrorsHaveTheirStatusAndWords(t *testing.T) {
	hot := greedy()
	hot.Temperature = 9
	cool := greedy()
	for _, c := range []struct {
		status int
		words  string
		client *mistral.MistralClient
		model  string
		params *mistral.ChatRequestParams
	}{
		{400, "Invalid model: nobody", local(), "nobody", &cool},
		{401, "Unauthorized", connect("wrong"), model, &cool},
		{422, "temperature", local(), model, &hot},
	} {
		_, err := c.client.Chat(c.model, user(question), c.params)
		if err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("status %d came as %v", c.status, err)
		}
		var typed *mistral.MistralAPIError
		if errors.As(err, &typed) && typed.HTTPStatus != c.status {
			t.Errorf("status %d came as %d", c.status, typed.HTTPStatus)
		}
	}
}
