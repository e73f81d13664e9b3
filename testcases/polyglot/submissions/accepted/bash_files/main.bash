#!/bin/bash
source "$(dirname "$0")/total.bash"
read -r n
read -r -a numbers
total "${numbers[@]:0:n}"
