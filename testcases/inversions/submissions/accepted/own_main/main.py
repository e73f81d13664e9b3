print("the package's file of this name takes the place of this one")
