#!/bin/sh
# Runs in the virtual machine: serve.sh with every sample that it has the compilers for.
exec sh /work/guest/serve.sh all
