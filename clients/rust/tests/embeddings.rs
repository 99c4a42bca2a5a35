//! The embeddings of mistralai-client, on a running server with an embedding model.

use mistralai_client::v1::{client::Client, constants::EmbedModel};
use std::env;

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(p, q)| p * q).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn texts_are_embedded() {
    let url = env::var("TRAMONTANE_URL").expect("TRAMONTANE_URL names the server");
    let key = env::var("TRAMONTANE_KEY").expect("TRAMONTANE_KEY is the server's key");
    let client = Client::new(Some(key), Some(format!("{url}/v1")), Some(0), Some(600)).unwrap();
    let texts = ["A dog runs through the garden.", "A puppy is playing on the lawn.", "Interest rates rose again this year."];
    let answer = client.embeddings(EmbedModel::MistralEmbed, texts.map(String::from).to_vec(), None).unwrap();
    let [dog, puppy, rates] = [0, 1, 2].map(|index| &answer.data[index].embedding);
    assert_eq!(dog.len(), 384);
    assert!(cosine(dog, puppy) > cosine(dog, rates) + 0.2);
    assert_eq!(answer.usage.total_tokens, answer.usage.prompt_tokens);
}
