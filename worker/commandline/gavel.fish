# Completion of gavel in fish; made by gavel completion fish.
#
# For this shell:  gavel completion fish | source
# For every one:   gavel completion fish > ~/.config/fish/completions/gavel.fish

function __gavel_complete
    set -l words (commandline -opc)
    set -l last (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    set -g __gavel_candidates ($program complete -- $words "$last" 2>/dev/null)
    test (count $__gavel_candidates) -gt 0; or return 1
    set -l files $__gavel_candidates[-1]
    set -e __gavel_candidates[-1]
    # fish completes files where this fails.
    test "$files" = :none
end

complete -c gavel -e
complete -c gavel -n __gavel_complete -f -k -a '$__gavel_candidates'
