// The package's file of this name takes its place.
#error "this is not the header of the package"
