package voluta.cli;

/** The version of this build. */
final class Version {
    private Version() {}

    /** As the jar's manifest says; classes that come from no jar have none. */
    static String text() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "(built from sources)" : version;
    }
}
