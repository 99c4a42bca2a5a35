package tramontane.server;

/** Something the user can put right; its message says how, and no stack trace follows it. */
final class Complaint extends Exception {
    private static final long serialVersionUID = 1;

    Complaint(String message) {
        super(message);
    }
}
