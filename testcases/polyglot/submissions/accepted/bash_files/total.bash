total() {
    local sum=0 x
    for x in "$@"; do sum=$((sum + x)); done
    echo "$sum"
}
