# shellcheck shell=bash
# Completion of gavel in bash; made by gavel completion bash.
#
# For this shell:  source <(gavel completion bash)
# For every one:   gavel completion bash > ~/.local/share/bash-completion/completions/gavel

_gavel() {
    local words=() word line found=() i cut=""
    COMPREPLY=()
    # bash takes --flag=value for three words.
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if ((i > 1)) && [[ $word == = || ${COMP_WORDS[i-1]} == = ]]; then
            cut=${words[${#words[@]}-1]}
            [[ $word != = ]] || cut+="="
            words[${#words[@]}-1]+=$word
        else
            cut=""
            words+=("$word")
        fi
    done
    while IFS= read -r line; do
        found+=("${line%%$'\t'*}")
    done < <("${COMP_WORDS[0]/#\~/$HOME}" complete -- "${words[@]}" 2>/dev/null)
    ((${#found[@]} > 0)) || return
    case ${found[${#found[@]}-1]} in
    :files) compopt -o default ;;
    :directories) compopt -o dirnames ;;
    esac
    unset "found[${#found[@]}-1]"
    for word in "${found[@]}"; do
        COMPREPLY+=("${word#"$cut"}")
    done
}

complete -F _gavel gavel
