package tramontane.image;

/** A picture that cannot be read. The message is a sentence for the client. */
public final class ImageException extends Exception {
    private static final long serialVersionUID = 1;

    public ImageException(String message) {
        super(message);
    }
}
