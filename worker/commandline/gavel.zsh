#compdef gavel
# Completion of gavel in zsh; made by gavel completion zsh.
#
# For this shell:  source <(gavel completion zsh)
# For every one:   gavel completion zsh > DIR/_gavel, where DIR is one of $fpath

_gavel() {
    local -a found candidates
    local line word files tab=$'\t'
    found=("${(@f)$("${(Q)words[1]/#\~/$HOME}" complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    files=$found[-1]
    found[-1]=()
    for line in "${found[@]}"; do
        word=${line%%$tab*}
        word=${word//:/\\:} # a colon ends a word
        candidates+=("${word}:${line#*$tab}")
    done
    if (( $#candidates )); then
        _describe -V -t gavel gavel candidates
        return
    fi
    compset -P '--*='
    case $files in
        :files) _files ;;
        :directories) _files -/ ;;
    esac
}

if [[ $funcstack[1] == _gavel ]]; then
    _gavel "$@"
else
    compdef _gavel gavel
fi
