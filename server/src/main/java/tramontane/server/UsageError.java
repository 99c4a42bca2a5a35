package tramontane.server;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Reports a wrong command line in two lines; the exit status is 2. */
public final class UsageError implements IParameterExceptionHandler {
    /** Shows control characters, which could move the cursor of a terminal, as escapes. */
    static String visible(String message) {
        StringBuilder text = new StringBuilder();
        for (char c : message.toCharArray()) {
            text.append(Character.isISOControl(c) && c != '\n' ? "\\u%04x".formatted((int) c) : c);
        }
        return text.toString();
    }

    @Override
    public int handleParseException(ParameterException failure, String[] arguments) {
        CommandLine command = failure.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("tramontane: " + visible(String.valueOf(failure.getMessage())));
        UnmatchedArgumentException.printSuggestions(failure, err);
        err.println(
                CommandName.in("./" + command.getCommandSpec().qualifiedName())
                        + " --help lists the options.");
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }
}
