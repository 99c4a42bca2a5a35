package tramontane.server;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says in two lines what is wrong with a command line; the exit status is 2. */
public final class UsageError implements IParameterExceptionHandler {
    @Override
    public int handleParseException(ParameterException failure, String[] arguments) {
        CommandLine command = failure.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("tramontane: " + failure.getMessage());
        UnmatchedArgumentException.printSuggestions(failure, err);
        err.println("./" + command.getCommandSpec().qualifiedName() + " --help lists the options.");
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }
}
