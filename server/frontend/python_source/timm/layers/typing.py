# Names of annotations.
LayerType = None
PadType = None
