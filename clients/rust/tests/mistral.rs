//! The mistralai-client crate against a running server: TRAMONTANE_URL and TRAMONTANE_KEY say where.
//! Its endpoint has the /v1. It knows the hosted service's model names alone.
use futures::StreamExt;
use mistralai_client::v1::{
    chat::{ChatMessage, ChatMessageRole, ChatParams, ChatResponseChoiceFinishReason, ResponseFormat},
    client::Client,
    constants::Model,
    tool::{Tool, ToolChoice, ToolFunctionParameter, ToolFunctionParameterType},
};
use std::env;

const WEATHER: &str = "What is the weather in Paris?";

fn connect(key: &str) -> Client {
    let url = env::var("TRAMONTANE_URL").expect("TRAMONTANE_URL names the server");
    Client::new(Some(key.to_string()), Some(format!("{url}/v1")), Some(0), Some(600)).unwrap()
}

fn local() -> Client {
    connect(&env::var("TRAMONTANE_KEY").expect("TRAMONTANE_KEY is the server's key"))
}

/// The crate knows no finish reason `length`, so answers are let come to their end.
fn greedy() -> Option<ChatParams> {
    Some(ChatParams { temperature: 0.0, random_seed: Some(1), ..Default::default() })
}

fn question() -> Vec<ChatMessage> {
    vec![ChatMessage::new_user_message("Who is the best French painter? Answer with one name.")]
}

fn weather_tool() -> Tool {
    Tool::new(
        "get_weather".to_string(),
        "Tells the weather in a city.".to_string(),
        vec![ToolFunctionParameter::new("city".to_string(), "the city's name".to_string(), ToolFunctionParameterType::String)],
    )
}

#[test]
fn an_answer_has_text_usage_and_an_end() {
    let answer = local().chat(Model::MistralSmallLatest, question(), greedy()).unwrap();
    assert!(!answer.choices[0].message.content.trim().is_empty());
    assert_eq!(answer.choices[0].finish_reason, ChatResponseChoiceFinishReason::Stop);
    assert_eq!(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
}

#[tokio::test]
async fn the_stream_says_what_the_answer_says() {
    let answer = local().chat_async(Model::MistralSmallLatest, question(), greedy()).await.unwrap();
    let stream = local().chat_stream(Model::MistralSmallLatest, question(), greedy()).await.unwrap();
    let chunks: Vec<_> = stream.map(Result::unwrap).collect::<Vec<_>>().await.concat();
    let text: String = chunks.iter().map(|chunk| chunk.choices[0].delta.content.as_str()).collect();
    assert_eq!(text, answer.choices[0].message.content);
    assert_eq!(chunks.last().unwrap().choices[0].finish_reason.as_deref(), Some("stop"));
    assert_eq!(chunks.last().unwrap().usage.as_ref().unwrap().total_tokens, answer.usage.total_tokens);
}

/// The crate sends calls back without their ids, and results without the id of their call.
#[test]
fn a_tool_is_called_and_its_result_is_read() {
    let with_tool = |choice| greedy().map(|params| ChatParams { tools: Some(vec![weather_tool()]), tool_choice: Some(choice), ..params });
    let mut messages = vec![ChatMessage::new_user_message(WEATHER)];
    let first = local().chat(Model::MistralSmallLatest, messages.clone(), with_tool(ToolChoice::Any)).unwrap();
    assert_eq!(first.choices[0].finish_reason, ChatResponseChoiceFinishReason::ToolCalls);
    let calls = first.choices[0].message.tool_calls.clone().unwrap();
    for call in &calls {
        assert_eq!(call.function.name, "get_weather");
        let arguments: serde_json::Value = serde_json::from_str(&call.function.arguments).unwrap();
        assert!(arguments["city"].is_string(), "{arguments}");
    }
    messages.push(first.choices[0].message.clone());
    for _ in &calls {
        messages.push(ChatMessage { role: ChatMessageRole::Tool, content: "It is sunny, 21 degrees.".to_string(), tool_calls: None });
    }
    let last = local().chat(Model::MistralSmallLatest, messages, with_tool(ToolChoice::None)).unwrap();
    assert!(!last.choices[0].message.content.trim().is_empty());
    assert_eq!(last.choices[0].finish_reason, ChatResponseChoiceFinishReason::Stop);
}

#[test]
fn an_object_comes_in_json_mode() {
    let messages = vec![ChatMessage::new_user_message("Name a French painter and the year of his birth, in JSON.")];
    let params = greedy().map(|params| ChatParams { response_format: Some(ResponseFormat::json_object()), ..params });
    let answer = local().chat(Model::MistralSmallLatest, messages, params).unwrap();
    assert!(serde_json::from_str::<serde_json::Value>(&answer.choices[0].message.content).unwrap().is_object());
}

#[test]
fn models_are_listed() {
    let models = local().list_models().unwrap();
    assert!(!models.data.is_empty());
    assert!(models.data.iter().all(|model| model.capabilities.completion_chat && !model.archived));
}

#[test]
fn errors_carry_the_servers_words() {
    let unknown = local().chat(Model::MistralSmallLatest, vec![], greedy()).unwrap_err();
    assert!(unknown.message.contains("messages"), "{}", unknown.message);
    let stranger = connect("wrong").chat(Model::MistralSmallLatest, question(), greedy()).unwrap_err();
    assert!(stranger.message.contains("Unauthorized"), "{}", stranger.message);
}
