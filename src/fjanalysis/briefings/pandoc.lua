-- What Quarto does to a document beyond pandoc, for the built-in renderer: shortcodes, numbered figures
-- and tables, cross-references, layouts, conditional content. The markup is Quarto's, so that one
-- stylesheet and one finisher serve both.

local given = {} -- captions that a shortcode gave, by float
local job = pandoc.json.decode(io.open(os.getenv("FJANALYSIS_JOB")):read("a"))

-- The part of Quarto's Lua interface that our shortcodes use.
quarto = {
  doc = { input_file = job.input },
  project = { directory = job.project },
  FloatRefTarget = function(float)
    given[float.identifier] = float.caption_long
    return pandoc.Div(float.content, pandoc.Attr(float.identifier, { "float" }, { caption = "given" }))
  end,
}

local handlers = {}
for _, path in ipairs(job.shortcodes) do
  for name, handler in pairs(dofile(path)) do handlers[name] = handler end
end
handlers["pagebreak"] = function()
  return pandoc.RawBlock("html", '<div style="page-break-after: always;"></div>')
end

local NBSP = "\u{a0}"
local CAPTION = "-caption-0ceaefa1-69ba-4598-a22c-09a6ac19f8ca"

local function kind_of(id)
  return id:match("^(%a+)%-.") and ({ fig = "fig", tbl = "tbl" })[id:match("^(%a+)%-")] or nil
end

-- 1. Shortcodes ----------------------------------------------------------------------------------

local function called(span, meta)
  local call = job.calls[tonumber(span.attributes.n)]
  return (handlers[call.name](call.args, call.kwargs, meta))
end

local function is_placeholder(el)
  return el.t == "Span" and el.classes[1] == "shortcode-call"
end

local function is_block(result)
  local first = pandoc.utils.type(result)
  if first == "Block" or first == "Blocks" then return true end
  return first == "table" and result[1] ~= nil and pandoc.utils.type(result[1]) == "Block"
end

local function shortcodes(doc)
  local meta = doc.meta
  local function alone(para)
    if #para.content == 1 and is_placeholder(para.content[1]) then
      local result = called(para.content[1], meta)
      if is_block(result) then return result end
      return pandoc[para.t](pandoc.Inlines(result))
    end
  end
  local function inline(span)
    if is_placeholder(span) then
      local result = called(span, meta)
      if is_block(result) then return pandoc.utils.blocks_to_inlines(pandoc.Blocks(result)) end
      return result
    end
  end
  return doc:walk({ Para = alone, Plain = alone }):walk({ Span = inline })
end

-- 2. Conditional content, callouts, layouts --------------------------------------------------------

local function for_html(formats)
  return formats == "html" or formats == "html5"
end

local function conditional(div)
  local seen, hidden = div.classes:includes("content-visible"), div.classes:includes("content-hidden")
  if not (seen or hidden) then return nil end
  local when, unless = div.attributes["when-format"], div.attributes["unless-format"]
  local holds = true
  if when then holds = for_html(when) elseif unless then holds = not for_html(unless) end
  if hidden then holds = not holds end
  return holds and div.content or {}
end

local function callout(div)
  for _, class in ipairs(div.classes) do
    if class:match("^callout%-") then
      local content = pandoc.Blocks({})
      local title = div.attributes.title
      if not title and div.content[1] and div.content[1].t == "Header" then
        title = pandoc.utils.stringify(div.content[1])
        div.content:remove(1)
      end
      title = title or class:sub(9, 9):upper() .. class:sub(10)
      content:insert(pandoc.Para({ pandoc.Strong(pandoc.Inlines(title)) }))
      content:extend(div.content)
      return pandoc.Div({ pandoc.BlockQuote(content) })
    end
  end
end

local function layout(div)
  local columns = tonumber(div.attributes["layout-ncol"] or "")
  if not columns then return nil end
  local cells = pandoc.Blocks({})
  local style = string.format("flex-basis: %.1f%%;justify-content: flex-start;", 100 / columns)
  local row
  for at, block in ipairs(div.content) do
    if (at - 1) % columns == 0 then
      row = pandoc.Div({}, pandoc.Attr("", { "quarto-layout-row" }))
      cells:insert(row)
    end
    local cell = pandoc.Div({ block }, pandoc.Attr("", { "quarto-layout-cell" }, { style = style }))
    cells[#cells].content:insert(cell)
  end
  local attributes = { ["layout-ncol"] = div.attributes["layout-ncol"] }
  return pandoc.Div(cells, pandoc.Attr(div.identifier, { "quarto-layout-panel" }, attributes))
end

-- 3. Numbers ---------------------------------------------------------------------------------------

local labels = {}
local counts = { fig = 0, tbl = 0 }
local words = { fig = "Figure", tbl = "Table", sec = "Section" }

local function number_floats(doc)
  local function note(el)
    local kind = kind_of(el.identifier)
    if kind and not labels[el.identifier] then
      counts[kind] = counts[kind] + 1
      labels[el.identifier] = { kind = kind, number = tostring(counts[kind]) }
    end
  end
  doc:walk({ traverse = "topdown", Div = note, Figure = note, Table = note })
  local sections = { 0, 0, 0, 0, 0, 0 }
  local top = 6
  for _, block in ipairs(doc.blocks) do
    if block.t == "Header" then top = math.min(top, block.level) end
  end
  doc:walk({
    Header = function(header)
      if header.classes:includes("unnumbered") then return nil end
      sections[header.level] = sections[header.level] + 1
      for below = header.level + 1, 6 do sections[below] = 0 end
      if header.identifier:match("^sec%-") then
        local number = table.concat(sections, ".", top, header.level)
        labels[header.identifier] = { kind = "sec", number = number }
      end
    end,
  })
end

local function references(cite)
  local found = pandoc.Inlines({})
  for at, citation in ipairs(cite.citations) do
    local target = citation.id
    local label = labels[target]
    -- A chart of which too little is published stands as a table.
    if not label and target:match("^fig%-") then
      target = target:gsub("^fig", "tbl")
      label = labels[target]
    end
    if not label then
      if citation.id:match("^fig%-") or citation.id:match("^tbl%-") or citation.id:match("^sec%-") then
        error("There is nothing with the id '" .. citation.id .. "' to refer to.")
      end
      return nil
    end
    if at > 1 then found:extend({ pandoc.Str(","), pandoc.Space() }) end
    local text = label.number
    if citation.mode ~= "SuppressAuthor" then text = words[label.kind] .. NBSP .. text end
    found:insert(pandoc.Link({ pandoc.Str(text) }, "#" .. target, "", { class = "quarto-xref" }))
  end
  return found
end

-- 4. Figures and tables ------------------------------------------------------------------------------

local function figure_float(id, kind, content, caption, alt)
  local label = labels[id]
  local place = kind == "tbl" and "top" or "bottom"
  local head = string.format(
    '<figcaption class="quarto-float-caption-%s quarto-float-caption quarto-float-%s" id="%s%s">',
    place, kind, id, CAPTION)
  local text = pandoc.Inlines({ pandoc.Str(words[kind] .. NBSP .. label.number) })
  if caption and #caption > 0 then
    text = pandoc.Inlines({ pandoc.Str(words[kind] .. NBSP .. label.number .. ":"), pandoc.Space() })
    text:extend(caption)
  end
  local described = pandoc.Div(content, { ["aria-describedby"] = id .. CAPTION })
  local blocks = pandoc.Blocks({ pandoc.RawBlock("html", '<figure class="quarto-float quarto-float-' .. kind .. '">') })
  local note = { pandoc.RawBlock("html", head), pandoc.Plain(text), pandoc.RawBlock("html", "</figcaption>") }
  if kind == "tbl" then blocks:extend(note) end
  blocks:insert(described)
  if kind == "fig" then blocks:extend(note) end
  blocks:insert(pandoc.RawBlock("html", "</figure>"))
  return pandoc.Div(blocks, pandoc.Attr(id, { "quarto-float", "quarto-figure", "quarto-figure-center" }))
end

local function image_alt(image)
  local alt = image.attributes["fig-alt"]
  if alt then
    image.attributes["fig-alt"] = nil
    image.caption = pandoc.Inlines(alt)
  end
  return image
end

local function plain_figure(figure)
  local kind = kind_of(figure.identifier)
  local caption = pandoc.utils.blocks_to_inlines(figure.caption.long)
  local content = figure.content:walk({ Image = image_alt })
  if kind then return figure_float(figure.identifier, kind, content, caption), false end
  local blocks = pandoc.Blocks({ pandoc.RawBlock("html", "<figure>") })
  for _, block in ipairs(content) do
    blocks:insert(block.t == "Plain" and pandoc.Para(block.content) or block)
  end
  blocks:extend({ pandoc.RawBlock("html", "<figcaption>"), pandoc.Plain(caption), pandoc.RawBlock("html", "</figcaption></figure>") })
  return pandoc.Div(blocks, pandoc.Attr("", { "quarto-figure", "quarto-figure-center" })), false
end

local function striped(tbl)
  for _, row in ipairs(tbl.head.rows) do row.attr.classes = { "header" } end
  for _, body in ipairs(tbl.bodies) do
    for at, row in ipairs(body.body) do row.attr.classes = { at % 2 == 1 and "odd" or "even" } end
  end
  local kind = kind_of(tbl.identifier)
  if not kind then return tbl, false end
  local id, caption = tbl.identifier, pandoc.utils.blocks_to_inlines(tbl.caption.long)
  tbl.attr = pandoc.Attr("", { "caption-top" })
  tbl.caption.long = {}
  return figure_float(id, kind, { tbl }, caption), false
end

local function div_float(div)
  local kind = kind_of(div.identifier)
  if not kind then return nil end
  local caption = given[div.identifier]
  local content = div.content
  if caption then
    caption = pandoc.utils.type(caption) == "Inlines" and caption or pandoc.utils.blocks_to_inlines(pandoc.Blocks(caption))
  elseif #content > 1 and content[#content].t == "Para" then
    caption = content[#content].content
    content:remove(#content)
  end
  return figure_float(div.identifier, kind, content:walk({ Image = image_alt }), caption), false
end

function Pandoc(doc)
  doc = shortcodes(doc)
  doc = doc:walk({ Div = conditional })
  doc = doc:walk({ Div = callout })
  number_floats(doc)
  doc = doc:walk({ Cite = references })
  for id, caption in pairs(given) do given[id] = pandoc.utils.type(caption) == "Inlines" and caption:walk({ Cite = references }) or caption end
  doc = doc:walk({ traverse = "topdown", Div = div_float, Figure = plain_figure, Table = striped })
  doc = doc:walk({ Div = layout })
  for name, value in pairs(job.meta) do doc.meta[name] = value end
  return doc
end
