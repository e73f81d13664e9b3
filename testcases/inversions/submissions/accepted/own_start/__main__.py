print("would be the main file, but the package has a driver")
