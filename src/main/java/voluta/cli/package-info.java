/**
 * The command line: one class per command, and what they share.
 *
 * <p>The only place that prints, ends the program, and reads configuration. May use every room but the implementations
 * of backends. Begin with {@link voluta.cli.Main}; then read one command.
 *
 * <p>{@code RunView} shows a run, this process's or another's, by its records; on a {@code Terminal} it draws {@code
 * LiveView}, a pure function of the run's state.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>Results go to standard output, everything else (logs, progress, errors) to standard error.
 *   <li>With {@code --json}, standard output holds JSON alone: one object per line, with field names that stay. An error
 *       is the last of them.
 *   <li>An error is one sentence with the values and the remedy; a stack trace comes only where {@code --verbose} asks
 *       for it. The exit code follows from the exception's type (see {@link voluta.cli.ExitCode}), never from its text.
 *   <li>No command decides anything about computing: it reads options, calls other rooms and shows what they say.
 * </ul>
 */
package voluta.cli;
