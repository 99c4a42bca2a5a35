/**
 * Settings: where their values come from, and which are valid.
 *
 * <p>{@link tramontane.config.Settings} is the table of all settings. {@link
 * tramontane.config.Configuration} has the value of each and its {@link tramontane.config.Origin}:
 *
 * <pre>
 * default ──▶ TOML file ──▶ environment ──▶ flag        later ones replace earlier ones
 * </pre>
 *
 * <p>A setting's key in the file, its variable and its flag all derive from one name, so adding a
 * setting is one line in the table. The help texts and docs/CONFIGURATION.md are made from it.
 *
 * <p>Invariant: a {@code Configuration} holds valid values only; every fault of the file and the
 * environment is reported together, in a {@link tramontane.config.ConfigException}.
 */
package tramontane.config;
