package tramontane.api;

/** Which fields the chat completion requests of a caller may have, and how they are answered. */
public enum FieldSet {
    /** Those of Mistral's API, and no others. */
    MISTRAL,
    /**
     * Those of Mistral's API, and those of OpenAI's that docs/OPENAI.md lists. A body that is valid
     * under {@link #MISTRAL} means the same.
     */
    WITH_OPENAI
}
