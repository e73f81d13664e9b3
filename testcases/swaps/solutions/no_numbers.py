print('partially correct (90) ok')
