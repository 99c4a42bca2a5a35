# shellcheck shell=bash
# Sourced: models_directory prints where models are kept, by the rule of the server's ModelsDirectory. A test compares them.

models_directory() {
    local cache=${XDG_CACHE_HOME:-}
    case ${TRAMONTANE_MODELS:-} in
    /*) printf '%s\n' "$TRAMONTANE_MODELS" ;;
    ?*) printf '%s\n' "$PWD/$TRAMONTANE_MODELS" ;;
    *)
        # A relative XDG_CACHE_HOME is to be ignored, says its specification.
        case $cache in
        /*) ;;
        *) cache=${HOME:-$(cd ~ && pwd)}/.cache ;;
        esac
        printf '%s\n' "$cache/tramontane/models"
        ;;
    esac
}
