package tramontane.upstream;

/** What becomes of a field of a request on its way to an engine. */
enum Treatment {
    /** With the same name and meaning. */
    SENT("sent"),
    /** The engine has another name or form for it. */
    TRANSLATED("translated"),
    /** This server does it. */
    HERE("done here"),
    /** The field may only change the speed. */
    IGNORED("speed only"),
    REFUSED("refused");

    private final String word;

    Treatment(String word) {
        this.word = word;
    }

    /** As the documentation has it. */
    String word() {
        return word;
    }
}
